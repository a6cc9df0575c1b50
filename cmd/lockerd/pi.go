package main

import "errors"

func (o opener) pi(h *hardware) error { return errors.New("pi") }
