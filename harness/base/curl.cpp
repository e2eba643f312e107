#include "base/curl.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace assay {

namespace {

// Either flavour will do; git brings the second one to nearly every machine.
constexpr const char* k_libraries[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw Error(std::string("libcurl has no function ") + name);
}

void* open_library() {
  std::string reasons;
  for (const char* name : k_libraries) {
    if (void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL); library != nullptr) return library;
    const char* reason = ::dlerror();
    reasons += std::string(reasons.empty() ? "" : "; ") + (reason != nullptr ? reason : name);
  }
  throw Error("HTTP needs libcurl (Debian: libcurl4): " + reasons);
}

Curl load() {
  void* library = open_library();
  Curl curl{};
  find(library, "curl_global_init", curl.global_init);
  find(library, "curl_easy_init", curl.easy_init);
  find(library, "curl_easy_cleanup", curl.easy_cleanup);
  find(library, "curl_easy_reset", curl.easy_reset);
  find(library, "curl_easy_setopt", curl.easy_setopt);
  find(library, "curl_easy_perform", curl.easy_perform);
  find(library, "curl_easy_getinfo", curl.easy_getinfo);
  find(library, "curl_easy_strerror", curl.easy_strerror);
  find(library, "curl_slist_append", curl.slist_append);
  find(library, "curl_slist_free_all", curl.slist_free_all);
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error("libcurl does not start");
  return curl;
}

}  // namespace

const Curl& load_curl() {
  static const Curl k_curl = load();
  return k_curl;
}

}  // namespace assay
