#!/bin/bash
# A stand-in for the Azure CLI: the emulator answers. It uses only bash's builtins, so that it runs with
# any PATH.
LC_ALL=C
arguments=$(printf '%s\n' "$@")
if ! exec 3<>/dev/tcp/ADDRESS; then
    printf 'ERROR: the emulator that this az belongs to has stopped\n' >&2
    exit 1
fi
printf 'POST PATH HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' "${#arguments}" "$arguments" >&3
read -r _ status _ <&3
while read -r line <&3 && [[ $line != $'\r' ]]; do
    [[ $line == x-expires-on:* ]] && expires_on=${line//[^0-9]/}
done
IFS= read -r -d '' answer <&3
case $status in
200)
    # The emulator does not know this program's time zone.
    printf -v local_time '%(%Y-%m-%d %H:%M:%S)T.000000' "$expires_on"
    printf '%s\n' "${answer/LOCAL_TIME/$local_time}"
    ;;
400)
    printf '%s\n' "$answer" >&2
    exit 2
    ;;
*)
    printf '%s\n' "$answer" >&2
    exit 1
    ;;
esac
