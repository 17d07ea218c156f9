# SPDX-License-Identifier: BSD-2-Clause
# bash completion for oopsmon: commands and options are asked of the program itself, so
# they are always the ones it has. `make install` puts this where bash finds it.

_oopsmon_words() {	# PROGRAM [COMMAND]: what its --help names
	if [ $# -gt 1 ]; then
		"$@" --help 2>/dev/null | grep -oE '(^| )--?[a-z?V][a-z-]*=?' | tr -d ' '
	else
		"$1" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\+\) .*/\1/p'
		echo --help --version
	fi
}

_oopsmon() {
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]} files=
	COMPREPLY=()

	# "=" is a word of its own to bash: --dtb=FI is "--dtb" "=" "FI"
	if [ "$word" = "=" ]; then word=""; fi
	case $before in = | -o | --*) files=yes ;; esac
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_oopsmon_words "$program")" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(
			compgen -W "$(_oopsmon_words "$program" "${COMP_WORDS[1]}")" -- "$word")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
	elif [ "${COMP_WORDS[1]}" = archive ] && [ "$COMP_CWORD" -eq 2 ]; then
		mapfile -t COMPREPLY < <(compgen -W "ls extract verify" -- "$word")
	elif [ "${COMP_WORDS[1]}$word" = watch ]; then
		mapfile -t COMPREPLY < <(
			compgen -G '/dev/serial/by-id/*' || compgen -G '/dev/tty[AU][CSM][BAM]*')
		files=yes
	else
		files=yes
	fi
	if [ -n "$files" ] && [ ${#COMPREPLY[@]} -eq 0 ]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _oopsmon oopsmon
