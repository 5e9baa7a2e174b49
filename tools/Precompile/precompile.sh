#!/bin/sh
# Compiles an assembly to machine code, unless another build has already compiled it.
#
#   precompile.sh COMPILER ASSEMBLY OUTPUT REFERENCES
# REFERENCES is a response file for the compiler. OUTPUT appears only when it is complete.
set -eu

compiler=$1 assembly=$2 output=$3 references=$4
mkdir -p "$(dirname "$output")"

compile() {
    [ -e "$output" ] && [ ! "$assembly" -nt "$output" ] && return
    "$compiler" "$assembly" -o:"$output.new" "@$references" -O >/dev/null
    mv "$output.new" "$output"
}

if command -v flock >/dev/null; then
    exec 9>"$output.lock"
    flock 9
fi
compile
