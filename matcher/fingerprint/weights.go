package fingerprint

// builtIn was fitted by evaluate fingerprint -fit -train whole,256x288,192x192 on [fvc2002_db1b fvc2002_db3b fvc2004_db1b fvc2004_db3b].
var builtIn = Calibration{
	Weights: Evidence{
		20.4815,
		0.242563,
		11.7601,
		0.359677,
		11.2883,
		0.275322,
		6.14531,
		-1.10278,
	},
	Bias: -5.85033,
	Tail: [2]float64{-4.61448, 1.21399},
}
