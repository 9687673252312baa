drop schema worker cascade;
