package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// identity is a user as whom PostgreSQL agrees to run. The zero value is the
// user of this process.
type identity struct {
	name string
	// uid and gid own the files, as seen from this process. They matter to root only.
	uid, gid int
	attr     syscall.SysProcAttr
}

// attributes returns what makes a child process run as this identity.
func (i identity) attributes() *syscall.SysProcAttr {
	attr := i.attr
	return &attr
}

// unprivileged decides as whom to run the server, which refuses to run as root,
// and gives that user the data directory. A user namespace comes first: in it
// root goes by another number, yet owns its files as before. Containers mostly
// forbid that; there the server runs as nobody.
func unprivileged(data dataDir, bin string, withoutNamespace bool) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{}, nil
	}
	uid, gid := nobody()
	var candidates []identity
	if !withoutNamespace {
		candidates = namespaces(uid, gid)
	}
	candidates = append(candidates, identity{
		name: "user nobody", uid: uid, gid: gid,
		attr: syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}},
	})

	var refusals []error
	for _, candidate := range candidates {
		if err := data.giveTo(candidate); err != nil {
			refusals = append(refusals, fmt.Errorf("%s: %w", candidate.name, err))
			continue
		}
		if err := candidate.reach(data.path, bin); err != nil {
			refusals = append(refusals, fmt.Errorf("%s: %w", candidate.name, err))
			continue
		}
		return candidate, nil
	}
	return identity{}, fmt.Errorf("PostgreSQL refuses to run as root and could not be run as anyone else: %w; "+
		"start this program as an ordinary user, or use a data directory below one that everybody may enter",
		errors.Join(refusals...))
}

// reach reports whether a process can be started as i and enter the directories.
func (i identity) reach(directories ...string) error {
	command := exec.Command("/bin/sh", append([]string{"-c", `for d; do cd "$d" || exit; done`, "sh"}, directories...)...)
	command.Dir = "/"
	command.SysProcAttr = i.attributes()
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// nobody returns the ids of the user nobody. initdb wants a user with a name.
func nobody() (uid, gid int) {
	const usual = 65534
	account, err := user.Lookup("nobody")
	if err != nil {
		return usual, usual
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(account.Gid)
	if uidErr != nil || gidErr != nil {
		return usual, usual
	}
	return uid, gid
}
