// A MongoDB-wire server with a SQLite back end, for tests only: FerretDB's own command cannot be installed
// through the module proxy, because a file that its build generates is not part of the module.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address to listen on; port 0 takes a free one")
	folder := flag.String("folder", ".", "existing folder that holds the data")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *listen},
		Handler:   "sqlite",
		SQLiteURL: "file:" + *folder + "/",
	})
	if err != nil {
		log.Fatalf("could not start the MongoDB-wire server on %s: %v", *listen, err)
	}
	// The test's helper waits for this line to learn the port.
	log.Printf("ready at %s", server.MongoDBURI())
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
