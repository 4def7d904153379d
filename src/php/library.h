/* SPDX-License-Identifier: MIT
 *
 * src/php/library.h - PHP classes embedded in the extension, declared when somebody asks for them.
 */
#ifndef PHP_MQS_LIBRARY_H
#define PHP_MQS_LIBRARY_H

#include "php.h"

/* One embedded source file. */
typedef struct php_mqs_library_file {
	const char *name; /* path below src/php/library without .php: "Annotation/MQTTEvent", "Message/Response.hyperf" */
	const char *class_name; /* the class, interface or trait that it declares */
	const char *source;
	size_t source_len;
} php_mqs_library_file;

/*
 * Declares the class of one file, unless a class of that name exists.
 *
 * name  of the file, see above; must be one that is embedded
 *
 * Returns the class; NULL with an exception set.
 */
zend_class_entry *php_mqs_library_declare(const char *name);

/* Undoes php_mqs_library_minit(); for MSHUTDOWN. */
void php_mqs_library_mshutdown(void);

#endif
