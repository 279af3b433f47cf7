package sim

// Credential is one way in: an access key, or a bearer token (vendor: both
// kinds exist side by side). It never prints its secrets.
type Credential struct {
	AccessKeyID       string
	AccessKeyPassword string
	Token             string
}

// String hides what is secret.
func (c Credential) String() string {
	if c.Token != "" {
		return "bearer token ***"
	}
	return "access key " + c.AccessKeyID + " ***"
}

// GoString hides what is secret.
func (c Credential) GoString() string { return c.String() }

// DefaultCredentials are those of the program and of a [Server] that is given
// none: access key "sim-key-id" with password "sim-key-password", and token
// "sim-token". They open nothing but a simulator.
func DefaultCredentials() []Credential {
	return []Credential{
		{AccessKeyID: "sim-key-id", AccessKeyPassword: "sim-key-password"},
		{Token: "sim-token"},
	}
}

// keyring is what is valid at the moment.
type keyring struct {
	passwords map[string]string // by access key id
	tokens    map[string]bool
}

func newKeyring(valid []Credential) keyring {
	k := keyring{passwords: map[string]string{}, tokens: map[string]bool{}}
	for _, c := range valid {
		if c.AccessKeyID != "" {
			k.passwords[c.AccessKeyID] = c.AccessKeyPassword
		}
		if c.Token != "" {
			k.tokens[c.Token] = true
		}
	}
	return k
}
