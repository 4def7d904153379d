/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/main.c - runs all rows under callgrind, started by bin/check-instructions with
 * --collect-atstart=no --instr-atstart=no. Prints "name<TAB>operations" for each, and has callgrind write a profile of
 * the same name. Without valgrind it runs as well, and only checks that the rows do what they are for.
 */
#include "rows.h"

int main(void)
{
	rows_codec();
	rows_publish();
	rows_routing();
	rows_session();
	return 0;
}
