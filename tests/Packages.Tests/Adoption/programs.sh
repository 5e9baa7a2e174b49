# Stands for the programs of the pages that would leave this folder, or that need a Docker engine.

# The page installs the tool for the whole account.
dotnet() {
    if [[ "$*" == "tool install --global "* ]]; then
        command dotnet tool install --tool-path tools "${@:4}"
    else
        command dotnet "$@"
    fi
}

# 3 means that the doctor found only warnings.
lastmile() {
    local code=0
    tools/lastmile "$@" || code=$?
    [[ $code == 0 || $code == 3 ]] || return "$code"
}

redis-server() {
    command redis-server "$@" --pidfile "$PWD/${1%/*}.pid" --logfile "$PWD/${1%/*}.log"
}

# docker run --detach --name NAME --network host --env-file FILE --env URLS=… lastmile/IMAGE: runs the service of this build.
docker() {
    local name=$4 file=$8 urls=${10} program settings
    case ${11} in
        lastmile/invalidator) program=LastMile.Events.Invalidator ;;
        lastmile/region-agent) program=LastMile.Events.RegionAgent ;;
        *) echo "docker: no program for ${11}" >&2; return 1 ;;
    esac
    mapfile -t settings <"$file"
    env "${settings[@]}" "$urls" dotnet "$SERVICES/$program/$CONFIGURATION/$program.dll" >"$name.log" 2>&1 </dev/null &
    echo $! >"$name.pid"
    # A container's start returns before the program is ready; the page goes on when a person has typed the next command.
    timeout 60 bash -c "until curl --silent --fail --output /dev/null '${urls#URLS=}/health/ready'; do sleep 0.1; done"
}
