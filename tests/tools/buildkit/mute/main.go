// Listens where buildkitd would, takes every connection, and never answers.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	// The addresses that buildkitd is given, or else the one that it has by itself.
	var addresses []string
	for index, argument := range os.Args[1:] {
		if address, found := strings.CutPrefix(argument, "--addr="); found {
			addresses = append(addresses, address)
		} else if argument == "--addr" && index+2 < len(os.Args) {
			addresses = append(addresses, os.Args[index+2])
		}
	}
	if len(addresses) == 0 {
		addresses = []string{"unix:///run/buildkit/buildkitd.sock"}
	}
	for _, address := range addresses {
		network, where, _ := strings.Cut(address, "://")
		if network == "unix" {
			os.MkdirAll(filepath.Dir(where), 0o755)
			os.Remove(where)
		}
		listener, err := net.Listen(network, where)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go keep(listener)
		fmt.Fprintf(os.Stderr, "running server on %s\n", where)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}

// keep holds on to the connections: one that nobody holds is closed, and that would be an answer.
func keep(listener net.Listener) {
	var taken []net.Conn
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		taken = append(taken, connection)
	}
}
