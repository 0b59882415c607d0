# One line of nginx's error log becomes one JSON line; queries, fragments and parameters are cut, because they may hold a
# token, and so may a long part of a path. They may hold quotes and commas; the ones at their end are those of the line.
s/%3[fF]/?/g
s/%23/#/g
s/%3[bB]/;/g
s/\?[^ ]*[^ ",]([",]*)( |$)/?…\1\2/g
s/(\/[^ #;]*[#;])[^ ]*[^ ",]([",]*)( |$)/\1…\2\3/g
s/\/[^/ ",]{40,}/\/…/g
s/\\/\\\\/g
s/"/\\"/g
s/\t/ /g
s/[[:cntrl:]]//g
s#^([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9:]{8}) \[([a-z]+)\] ([0-9]+\#[0-9]+: )?(\*[0-9]+ )?(.*)$#{"timestamp":"\1-\2-\3T\4.000Z","level":"\5","service":"graphstudio-frontend","message":"\8","workspaceId":null,"userId":null}#
t level
s#^(.*)$#{"timestamp":null,"level":"warn","service":"graphstudio-frontend","message":"\1","workspaceId":null,"userId":null}#
:level
s/^(\{"timestamp":"[^"]*","level":")(emerg|alert|crit)"/\1error"/
s/^(\{"timestamp":"[^"]*","level":")(notice)"/\1info"/
# A neighbour that does not answer is no failure of nginx.
s/^(\{"timestamp":"[^"]*","level":")error(".*(to|from|reading response header from) upstream|".*could not be resolved)/\1warn\2/
