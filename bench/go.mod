module lockerd/bench

go 1.26.0

require (
	github.com/miqdadyyy/go-sourceafis v0.0.0-20240530224048-c1f540cc2f23
	lockerd v0.0.0
)

require (
	github.com/BurntSushi/toml v1.3.2 // indirect
	github.com/emirpasic/gods v1.18.1 // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/jtejido/go-wsq v0.0.3-beta // indirect
	github.com/mcuadros/go-defaults v1.2.0 // indirect
	github.com/spakin/netpbm v1.3.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/exp v0.0.0-20231006140011-7918f672742d // indirect
)

replace lockerd => ../
