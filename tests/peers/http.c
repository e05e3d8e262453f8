#include "tests/peers/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define WAIT_MS 3000L
#define URL_BYTES 1024

struct peer_http {
	CURL *curl;
	struct curl_slist *headers;
	char base[256];
};

static size_t on_bytes(char *bytes, size_t size, size_t n, void *context)
{
	struct br_text *answer = context;

	br_text_add(answer, bytes, size * n);
	/* Anything but the whole length makes curl give up. */
	return br_text_error(answer) == 0 ? size * n : 0;
}

int peer_http_create(const char *base, struct peer_http **ret_http)
{
	struct peer_http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return BR_E_MEMORY;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	http->curl = curl_easy_init();
	http->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (http->curl == NULL || http->headers == NULL) {
		peer_http_destroy(http);
		return BR_E_MEMORY;
	}
	(void)snprintf(http->base, sizeof(http->base), "%s", base);
	(void)curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, WAIT_MS);
	(void)curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, http->headers);
	/* The store is on this machine; a proxy from the environment would not be. */
	(void)curl_easy_setopt(http->curl, CURLOPT_PROXY, "");
	*ret_http = http;
	return 0;
}

void peer_http_destroy(struct peer_http *http)
{
	if (http == NULL)
		return;
	curl_slist_free_all(http->headers);
	curl_easy_cleanup(http->curl);
	free(http);
	curl_global_cleanup();
}

int peer_http_ask(
	struct peer_http *http, const char *path, const struct br_str *body, struct br_text *answer)
{
	char url[URL_BYTES];
	long status = 0;
	int n = snprintf(url, sizeof(url), "%s%s", http->base, path);

	br_assert(n > 0 && (size_t)n < sizeof(url));
	br_text_clear(answer);
	(void)curl_easy_setopt(http->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, answer);
	if (body != NULL) {
		(void)curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE, (long)body->n);
		(void)curl_easy_setopt(http->curl, CURLOPT_COPYPOSTFIELDS, body->s);
	} else {
		(void)curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L);
	}
	if (curl_easy_perform(http->curl) != CURLE_OK ||
		curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		status <= 0)
		return BR_E_OFFLINE;
	return (int)status;
}

void peer_http_escape(struct br_text *path, struct br_str segment)
{
	for (size_t i = 0; i < segment.n; i++) {
		unsigned char c = (unsigned char)segment.s[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';

		if (plain)
			br_text_putc(path, (char)c);
		else
			br_text_printf(path, "%%%02X", c);
	}
}
