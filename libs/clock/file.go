package clock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile leaves the old content or the new one, whatever happens in between, and returns when the new one is on the
// disk.
func replaceFile(file string, content []byte) error { return putFile(file, content, os.Rename) }

// createFile is replaceFile for a file that must not be there: then it answers fs.ErrExist.
func createFile(file string, content []byte) error { return putFile(file, content, os.Link) }

func putFile(file string, content []byte, name func(draft, file string) error) error {
	draft, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	defer os.Remove(draft.Name()) // it is gone after a rename; a draft that is left over does no harm
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = name(draft.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return syncFolder(filepath.Dir(file))
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
