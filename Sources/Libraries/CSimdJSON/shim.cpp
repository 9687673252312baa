extern "C" int csj_placeholder(void) { return 0; }
