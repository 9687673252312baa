drop schema fulfilment cascade;
