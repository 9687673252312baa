drop schema licensing cascade;
