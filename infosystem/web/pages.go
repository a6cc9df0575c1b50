package web

func (s *Server) routePages() {}
