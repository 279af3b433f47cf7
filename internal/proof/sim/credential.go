package sim

// Credential is an access key, which is an id with a password, or a bearer token;
// both kinds are valid side by side (vendor). The fmt package prints it without
// its secrets.
type Credential struct {
	AccessKeyID       string
	AccessKeyPassword string
	Token             string
}

// String names the credential without its secrets.
func (c Credential) String() string {
	if c.Token != "" {
		return "bearer token ***"
	}
	return "access key " + c.AccessKeyID + " ***"
}

// GoString is [Credential.String], for the verb %#v.
func (c Credential) GoString() string { return c.String() }

// DefaultCredentials are those of the program and of a [Server] that is given
// none: access key "sim-key-id" with password "sim-key-password", and token
// "sim-token". Only a simulator lets them in, so they are not secret.
func DefaultCredentials() []Credential {
	return []Credential{
		{AccessKeyID: "sim-key-id", AccessKeyPassword: "sim-key-password"},
		{Token: "sim-token"},
	}
}

// keyring holds the credentials that are valid now.
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
