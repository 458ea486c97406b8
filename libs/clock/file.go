package clock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile leaves the old content or the new one, whatever happens in between, and returns when the new one is on the
// disk.
func replaceFile(file string, content []byte) error {
	folder := filepath.Dir(file)
	draft, err := os.CreateTemp(folder, filepath.Base(file)+".*.tmp")
	if err != nil {
		return fmt.Errorf("replace %s: %w", file, err)
	}
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", file, errors.Join(err, os.Remove(draft.Name())))
	}
	return syncFolder(folder)
}

// syncFolder makes the new name itself durable.
func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("sync %s: %w", folder, err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", folder, err)
	}
	return nil
}
