package link

import (
	"lockerd/controller"
	"lockerd/store"
)

// The structs that stand behind the link's interfaces, which know nothing of them.
var (
	_ Journal           = (*store.Store)(nil)
	_ Memory            = (*store.Store)(nil)
	_ Vault             = (*store.Store)(nil)
	_ Assigner          = (*controller.Controller)(nil)
	_ controller.Sealer = (*Sealer)(nil)
)
