#!/bin/bash
# usage: fixture.sh up|down DIR: the cluster that tests share. What an earlier, interrupted ctest
# left in DIR is ended first.
set -eu
cluster=$(dirname "$0")/cluster
case $1 in
  up)
    [ ! -f "$2/etc/slurm.conf" ] || "$cluster" down --dir "$2"
    rm -rf "$2"
    "$cluster" up --dir "$2" --nodes 4 --gpus 8 ;;
  down) "$cluster" down --dir "$2" ;;
esac
