/* SPDX-License-Identifier: MIT
 *
 * fuzz/standalone_main.c - runs a fuzz target over the files that are named, for compilers without libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a whole file into memory of exactly its size, so that ASan sees one byte too many read. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END) != 0) {
		perror(path);
		exit(2);
	}
	long length = ftell(file);
	uint8_t *data = length < 0 ? NULL : malloc(length ? (size_t)length : 1);
	if (!data || fseek(file, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)length, file) != (size_t)length) {
		perror(path);
		exit(2);
	}
	fclose(file);
	*size = (size_t)length;
	return data;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t size = 0;
		uint8_t *data = read_file(argv[i], &size);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	return 0;
}
