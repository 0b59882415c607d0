// Package codegen holds the one type that the docker-build provider names of Pulumi's .NET code generator. The type
// only describes how an SDK would be generated; a provider that serves resources never uses it.
package codegen

// CSharpPackageInfo mirrors the fields that the provider sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
	Namespaces           map[string]string `json:"namespaces,omitempty"`
}
