// Routes without a session, with one that is read, and with one that is updated, by gorilla/sessions.
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/boj/redistore"

	"github.com/gorilla/sessions"
)

func main() {
	port, kind, place := os.Args[1], os.Args[2], os.Args[3]
	key := []byte("a key of thirty-two bytes length")
	var store sessions.Store
	if kind == "redis" {
		redis, err := redistore.NewRediStore(64, "tcp", place, "", key)
		if err != nil {
			panic(err)
		}
		store = redis
	} else {
		store = sessions.NewFilesystemStore(place, key)
	}
	http.HandleFunc("/bare", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "bare") })
	http.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		session, _ := store.Get(r, "id")
		count, _ := session.Values["n"].(int)
		if count < 1 {
			panic("the session is lost")
		}
		fmt.Fprint(w, "read")
	})
	http.HandleFunc("/update", func(w http.ResponseWriter, r *http.Request) {
		session, _ := store.Get(r, "id")
		count, _ := session.Values["n"].(int)
		session.Values["n"] = count + 1
		if err := session.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, count+1)
	})
	panic(http.ListenAndServe("127.0.0.1:"+port, nil))
}
