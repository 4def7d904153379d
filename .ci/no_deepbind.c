/* SPDX-License-Identifier: MIT
 *
 * .ci/no_deepbind.c - preloaded in ASan runs: takes RTLD_DEEPBIND away from dlopen, which PHP uses for extensions and
 * the sanitizer's runtime refuses.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

void *dlopen(const char *file, int mode)
{
	static void *(*real)(const char *, int);

	if (!real) {
		*(void **)&real = dlsym(RTLD_NEXT, "dlopen");
	}
	return real(file, mode & ~RTLD_DEEPBIND);
}
