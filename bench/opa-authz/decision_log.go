package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"time"
)

const (
	flushEvery = 100 * time.Millisecond
	// Of a body the log holds what the gate's records hold.
	loggedBodyBytesMax = 4096
	bufferBytes        = 1 << 20
)

// decisionLog appends a line a decision. It is flushed ten times a second and never synced: less than the gate does.
type decisionLog struct {
	mutex  sync.Mutex
	file   *os.File
	buffer *bufio.Writer
	done   chan struct{}
}

type decisionLine struct {
	ID        uint64  `json:"decision_id"`
	Path      string  `json:"path"`
	Time      string  `json:"timestamp"`
	Input     any     `json:"input"`
	Body      string  `json:"body,omitempty"`
	Result    any     `json:"result"`
	Duration  float64 `json:"timer_eval_us"`
	BodyBytes int     `json:"body_bytes"`
}

func newDecisionLog(path string) (*decisionLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	made := &decisionLog{file: file, buffer: bufio.NewWriterSize(file, bufferBytes), done: make(chan struct{})}
	go made.flushing()
	return made, nil
}

func (log *decisionLog) flushing() {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			log.mutex.Lock()
			_ = log.buffer.Flush()
			log.mutex.Unlock()
		case <-log.done:
			return
		}
	}
}

func (log *decisionLog) write(line decisionLine) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	log.mutex.Lock()
	defer log.mutex.Unlock()
	if _, err := log.buffer.Write(text); err != nil {
		return err
	}
	return log.buffer.WriteByte('\n')
}

func (log *decisionLog) close() {
	close(log.done)
	log.mutex.Lock()
	defer log.mutex.Unlock()
	_ = log.buffer.Flush()
	_ = log.file.Close()
}
