// libcurl, loaded on first use.
#pragma once

#include <curl/curl.h>

namespace assay {

// The functions of libcurl.so.4 that the HTTP client uses, typed by its own header.
struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
};

// Throws Error that says what is missing. Safe to call from several threads.
const Curl& load_curl();

}  // namespace assay
