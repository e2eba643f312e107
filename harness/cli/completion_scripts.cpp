// What the shells are taught. Each asks `assay __complete WORD...` with the words up to the cursor.
#include "base/error.h"
#include "cli/completion.h"

namespace assay {

namespace {

// Readline breaks words at = and : as well; what it is given must then be the part after the last
// one. Only bash's own builtins are used: bash-completion need not be there.
constexpr const char* k_bash =
    R"sh(# bash completion for assay; load it by: source <(assay completion bash)
_assay() {
  local line=${COMP_LINE:0:COMP_POINT} candidate last before=
  local -a words=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  last=${words[-1]}
  [[ $COMP_WORDBREAKS == *=* && $last == *=* ]] && before=${last%"${last##*=}"}
  [[ $COMP_WORDBREAKS == *:* && ${last#"$before"} == *:* ]] && before=${last%"${last##*:}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate=${candidate%%$'\t'*}
    case $candidate in
      :files) compopt -o default ;;
      :directories) compopt -o dirnames ;;
      *) COMPREPLY+=("${candidate#"$before"}") ;;
    esac
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _assay assay
)sh";

constexpr const char* k_zsh = R"sh(#compdef assay
# zsh completion for assay; load it by: source <(assay completion zsh)
_assay() {
  local line
  local -a values shown
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *)
        values+=("${line%%$'\t'*}")
        shown+=("${${line/$'\t'/  -- }}")
        ;;
    esac
  done
  (( ${#values} )) && compadd -l -d shown -a values
}
if [[ $funcstack[1] == _assay ]]; then
  _assay "$@"
else
  compdef _assay assay
fi
)sh";

constexpr const char* k_fish =
    R"sh(# fish completion for assay; load it by: assay completion fish | source
function __assay_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in (command $words[1] __complete $words[2..-1] $current 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path $current
      case ':directories'
        __fish_complete_directories $current
      case '*'
        echo $line
    end
  end
end
complete -c assay -f -a '(__assay_complete)'
)sh";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return k_bash;
  if (shell == "zsh") return k_zsh;
  if (shell == "fish") return k_fish;
  throw Error("no completion for the shell '" + shell + "'");
}

}  // namespace assay
