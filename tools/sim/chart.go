package main

func chart([]string) error { return errUsage }
