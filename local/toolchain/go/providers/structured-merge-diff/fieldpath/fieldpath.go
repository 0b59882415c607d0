// Package fieldpath lends the provider, which still names version 4, the types of version 6.
package fieldpath

import "sigs.k8s.io/structured-merge-diff/v6/fieldpath"

type (
	// Set is a set of paths to fields.
	Set = fieldpath.Set
	// Path leads to a field.
	Path = fieldpath.Path
)

// MakePath makes a path of names, keys, values and indices.
func MakePath(parts ...any) (Path, error) { return fieldpath.MakePath(parts...) }
