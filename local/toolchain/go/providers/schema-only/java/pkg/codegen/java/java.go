// Package java holds the one type that the docker-build provider names of Pulumi's Java code generator. The type only
// describes how an SDK would be generated; a provider that serves resources never uses it.
package java

// PackageInfo mirrors the fields that the provider sets.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
	BasePackage                     string            `json:"basePackage,omitempty"`
}
