#!/bin/sh
# Compiles an assembly to machine code, unless another build has already done so.
#
#   precompile.sh COMPILER ASSEMBLY OUTPUT REFERENCES
#
# REFERENCES is a response file of the compiler. OUTPUT is there whole or not at all.
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
