// Package kubernetes has the parts of Pulumi's Kubernetes SDK that the provider itself uses. The whole SDK has a type
// for each kind of each API version, which takes minutes to compile.
package kubernetes

import "reflect"

// UntypedArgs are the properties of an object of any kind.
type UntypedArgs map[string]any

// ElementType makes the properties an input of Pulumi.
func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }
