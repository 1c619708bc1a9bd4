#!/bin/bash
# Several hosts on one machine: network namespaces behind one bridge. Needs root, iproute2 and Open MPI.
# Nothing outside the namespaces is changed but /etc/netns/PREFIX*, which `down` removes.
#
#   emulated_hosts.sh up N             make hosts lshost1 .. lshostN (10.79.0.1 ..)
#   emulated_hosts.sh run HOST CMD...  run CMD on a host, with that host's name
#   emulated_hosts.sh launch CMD...    the same on the first host, where an mpirun that CMD starts reaches the others
#   emulated_hosts.sh mpirun S N CMD.. mpirun from the first host: S ranks on each of N hosts, over TCP
#   emulated_hosts.sh rate HOST RATE   shape a host's link, both ways, to 100mbit, 1gbit ...; "none": as it was
#   emulated_hosts.sh cut HOST         take a host's cable out
#   emulated_hosts.sh down             end what runs on the hosts and remove them
#   emulated_hosts.sh sweep            remove what killed tests left: hosts whose names hold a process that is gone
# LOCKSTEP_HOSTS is another beginning of their names, so that two such networks do not meet; tests take lsPIDh.
set -u
PATH=$PATH:/usr/sbin:/sbin
prefix=${LOCKSTEP_HOSTS:-lshost}
switch=${prefix}switch
net=10.79.0
self=$(readlink -f "$0")

up() {
  set -e
  ip netns add $switch
  ip -n $switch link add br0 type bridge
  ip -n $switch link set br0 up
  local hosts="127.0.0.1 localhost" i host
  for i in $(seq 1 "$1"); do hosts+=$'\n'"$net.$i $prefix$i"; done
  for i in $(seq 1 "$1"); do
    host=$prefix$i
    ip netns add "$host"
    ip -n "$host" link set lo up
    ip link add eth0 netns "$host" type veth peer name "port$i" netns $switch
    ip -n $switch link set "port$i" master br0 up
    ip -n "$host" addr add "$net.$i/24" dev eth0
    ip -n "$host" link set eth0 up
    mkdir -p "/etc/netns/$host" || mkdir -p "/etc/netns/$host" # another network's down may be removing /etc/netns
    echo "$hosts" > "/etc/netns/$host/hosts"
    : > "/etc/netns/$host/resolv.conf"
  done
}

down() {
  local name pid
  for name in $(ip netns list | awk '{print $1}' | grep -E "^($prefix[0-9]+|$switch)$"); do
    for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2>/dev/null; done
    ip netns del "$name"
    rm -rf "/etc/netns/$name"
  done
  rmdir /etc/netns 2>/dev/null
  rm -rf /tmp/ompi.$prefix[0-9]*
  return 0
}

sweep() {
  local name pid
  for name in $(ip netns list | sed -nE 's/^(ls([0-9]+)h)switch.*/\1/p'); do
    pid=${name//[!0-9]/}
    [ -e "/proc/$pid" ] || LOCKSTEP_HOSTS=$name "$self" down
  done
  return 0
}

on_host() {
  local host=$1
  shift
  exec ip netns exec "$host" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$host" "$@"
}

# What ssh is on a real cluster: Open MPI calls it with options, a host and a command line.
remote_shell() {
  while [ "${1#-}" != "$1" ]; do shift; done
  local host=$1
  shift
  exec setsid -w ip netns exec "$host" unshare --uts sh -c 'hostname "$0"; exec sh -c "$1"' "$host" "$*"
}

# Open MPI takes these settings from its environment. The keepalive options let mpirun notice a lost host within seconds.
launch() {
  export OMPI_MCA_plm_rsh_agent="$self remote_shell" OMPI_MCA_btl=tcp,self OMPI_MCA_mpi_yield_when_idle=1
  export OMPI_MCA_btl_tcp_if_include=$net.0/24 OMPI_MCA_oob_tcp_if_include=$net.0/24
  export OMPI_MCA_oob_tcp_keepalive_time=5 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
  on_host "${prefix}1" "$@"
}

mpirun_on_hosts() {
  local slots=$1 count=$2 list="" i
  shift 2
  for i in $(seq 1 "$count"); do list+="$prefix$i:$slots,"; done
  launch mpirun --allow-run-as-root --host "${list%,}" -n $((slots * count)) --oversubscribe --bind-to none "$@"
}

# What the token bucket lets through at once is about a millisecond's worth; a queue of 50 ms follows.
shape() {
  local host=$1 rate=$2 port="port${1#"$prefix"}"
  ip netns exec "$host" tc qdisc del dev eth0 root 2>/dev/null
  ip netns exec $switch tc qdisc del dev "$port" root 2>/dev/null
  [ "$rate" = none ] && return 0
  ip netns exec "$host" tc qdisc add dev eth0 root tbf rate "$rate" burst 128k latency 50ms &&
    ip netns exec $switch tc qdisc add dev "$port" root tbf rate "$rate" burst 128k latency 50ms
}

command=${1:-}
shift
case $command in
  up) up "$@" ;;
  down) down ;;
  sweep) sweep ;;
  run) on_host "$@" ;;
  remote_shell) remote_shell "$@" ;;
  launch) launch "$@" ;;
  mpirun) mpirun_on_hosts "$@" ;;
  rate) shape "$@" ;;
  cut) ip -n $switch link set "port${1#"$prefix"}" down ;;
  *) sed -n '2,13s/^# \{0,1\}//p' "$self" >&2; exit 64 ;;
esac
