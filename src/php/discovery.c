/* SPDX-License-Identifier: MIT
 *
 * src/php/discovery.c - handler classes of a directory.
 */
#include "chain.h"
#include "zend_exceptions.h"
#include "main/php_main.h"
#include "main/php_streams.h"

#define DEPTH_MAX 32

/* A PHP file that was found; its place in the table is the order of its classes. */
typedef struct found {
	HashTable files; /* resolved path => index */
} found;

static zend_result refuse_directory(const char *path, const char *why)
{
	zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Handler directory \"%s\" %s", path, why);
	return FAILURE;
}

static bool is_php_file(const zend_string *name)
{
	return ZSTR_LEN(name) > 4 && strcasecmp(ZSTR_VAL(name) + ZSTR_LEN(name) - 4, ".php") == 0;
}

/* Adds the files of one directory and of those in it, sorted by name. */
static zend_result collect(found *into, const char *directory, int depth)
{
	zend_string **names;
	if (depth > DEPTH_MAX) {
		return refuse_directory(directory, "is nested too deep");
	}
	int count = php_stream_scandir(directory, &names, NULL, php_stream_dirent_alphasort);
	if (count < 0) {
		return refuse_directory(directory, "cannot be read");
	}
	zend_result result = SUCCESS;
	for (int i = 0; i < count; i++) {
		char path[MAXPATHLEN], resolved[MAXPATHLEN];
		zend_stat_t status;
		int len = snprintf(path, sizeof(path), "%s/%s", directory, ZSTR_VAL(names[i]));
		/* Hidden files are none of ours, and . and .. are among them. */
		bool usable = ZSTR_VAL(names[i])[0] != '.' && len < (int)sizeof(path) && VCWD_STAT(path, &status) == 0;
		if (usable && result == SUCCESS && S_ISDIR(status.st_mode)) {
			result = collect(into, path, depth + 1);
		} else if (usable && result == SUCCESS && is_php_file(names[i]) && VCWD_REALPATH(path, resolved)) {
			zval index;
			ZVAL_LONG(&index, zend_hash_num_elements(&into->files));
			zend_hash_str_add(&into->files, resolved, strlen(resolved), &index);
		}
		zend_string_release(names[i]);
	}
	efree(names);
	return result;
}

/* As include_once. */
static zend_result include_file(zend_string *path)
{
	zend_file_handle handle;
	if (zend_hash_exists(&EG(included_files), path)) {
		return SUCCESS;
	}
	zend_stream_init_filename_ex(&handle, path);
	zend_op_array *code = NULL;
	if (php_stream_open_for_zend_ex(&handle, USE_PATH | REPORT_ERRORS | STREAM_OPEN_FOR_INCLUDE) == SUCCESS) {
		if (!handle.opened_path) {
			handle.opened_path = zend_string_copy(path);
		}
		if (zend_hash_add_empty_element(&EG(included_files), handle.opened_path)) {
			code = zend_compile_file(&handle, ZEND_REQUIRE);
		}
	}
	zend_destroy_file_handle(&handle);
	if (code) {
		zval result;
		ZVAL_UNDEF(&result);
		code->scope = NULL;
		zend_execute(code, &result);
		zval_ptr_dtor(&result);
		zend_destroy_static_vars(code);
		destroy_op_array(code);
		efree_size(code, sizeof(zend_op_array));
	} else if (!EG(exception)) {
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Handler file \"%s\" cannot be read", ZSTR_VAL(path));
	}
	return EG(exception) ? FAILURE : SUCCESS;
}

/* Is it, or one of its methods, marked by an attribute of ours? */
static bool carries(zend_class_entry *ce)
{
	zend_function *method;
	if (php_mqs_attributes_any(ce->attributes)) {
		return true;
	}
	if (ce->ce_flags & (ZEND_ACC_INTERFACE | ZEND_ACC_TRAIT | ZEND_ACC_EXPLICIT_ABSTRACT_CLASS)) {
		/* Methods of these belong to the classes that use them. */
		return false;
	}
	ZEND_HASH_FOREACH_PTR (&ce->function_table, method) {
		if (!EG(exception) && php_mqs_attributes_any(method->common.attributes)) {
			return true;
		}
	}
	ZEND_HASH_FOREACH_END();
	return false;
}

/* A class of one of the files. */
typedef struct candidate {
	zend_class_entry *ce;
	zend_long file;
} candidate;

static int compare_candidates(const void *left, const void *right)
{
	const candidate *a = left, *b = right;
	if (a->file != b->file) {
		return a->file < b->file ? -1 : 1;
	}
	uint32_t line_a = a->ce->info.user.line_start, line_b = b->ce->info.user.line_start;
	return line_a == line_b ? strcmp(ZSTR_VAL(a->ce->name), ZSTR_VAL(b->ce->name)) : line_a < line_b ? -1 : 1;
}

/* [owned] the classes declared in the files, in order. */
static candidate *list_classes(found *files, uint32_t *count)
{
	candidate *list = safe_emalloc(zend_hash_num_elements(EG(class_table)), sizeof(candidate), sizeof(candidate));
	zend_string *key;
	zval *entry;
	*count = 0;
	ZEND_HASH_FOREACH_STR_KEY_VAL (EG(class_table), key, entry) {
		zend_class_entry *ce = Z_PTR_P(entry);
		/* Not an alias, and not one that waits for its declaration. */
		if (!key || ZSTR_VAL(key)[0] == '\0' || Z_TYPE_P(entry) != IS_PTR || ce->type != ZEND_USER_CLASS ||
		    (ce->ce_flags & ZEND_ACC_ANON_CLASS) || !zend_string_equals_ci(key, ce->name)) {
			continue;
		}
		zval *file = zend_hash_find(&files->files, ce->info.user.filename);
		if (file) {
			list[(*count)++] = (candidate){ce, Z_LVAL_P(file)};
		}
	}
	ZEND_HASH_FOREACH_END();
	qsort(list, *count, sizeof(candidate), compare_candidates);
	return list;
}

zend_result php_mqs_chains_add_directory(php_mqs_chains *chains, zend_string *directory)
{
	char resolved[MAXPATHLEN];
	zend_stat_t status;
	if (zend_str_has_nul_byte(directory) || !VCWD_REALPATH(ZSTR_VAL(directory), resolved) ||
	    VCWD_STAT(resolved, &status) != 0 || !S_ISDIR(status.st_mode)) {
		return refuse_directory(ZSTR_VAL(directory), "does not exist");
	}
	found files;
	zend_hash_init(&files.files, 16, NULL, NULL, 0);
	zend_result result = collect(&files, resolved, 0);
	if (result == SUCCESS) {
		zend_string *path;
		ZEND_HASH_FOREACH_STR_KEY(&files.files, path)
		{
			if (result == SUCCESS) {
				result = include_file(path);
			}
		}
		ZEND_HASH_FOREACH_END();
	}
	if (result == SUCCESS) {
		uint32_t count, added = 0;
		candidate *list = list_classes(&files, &count);
		for (uint32_t i = 0; i < count && result == SUCCESS; i++) {
			bool wanted = carries(list[i].ce);
			if (EG(exception)) {
				result = FAILURE;
			} else if (wanted) {
				result = php_mqs_chains_add_class(chains, list[i].ce, NULL);
				added++;
			}
		}
		efree(list);
		if (result == SUCCESS && added == 0) {
			/* Whoever meant to have handlers there would have a broker that lets everybody do everything. */
			result = refuse_directory(ZSTR_VAL(directory), "has no class with an attribute of MqttServer\\Annotation");
		}
	}
	zend_hash_destroy(&files.files);
	return result;
}
