#pragma once
int csj_placeholder(void);
