package runs

// Version is that of zenstop: each line of the functions' logs has it, and each report. CHANGELOG.md
// says what a version is, and docs/upgrade.md what stays the same from one to the next.
const Version = "1.0.0"
