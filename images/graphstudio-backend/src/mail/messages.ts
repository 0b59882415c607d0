import type { Mail } from "./mailer";

/** Names may hold anything that can be seen; a subject is one short line. */
const short = (name: string) => (name.length > 60 ? `${name.slice(0, 59)}…` : name);

export function invitationMail(
  to: string,
  about: { readonly tenantName: string; readonly role: string; readonly invitedBy: string; readonly link: string },
): Mail {
  const { tenantName, role, invitedBy, link } = about;
  return {
    to,
    subject: `Invitation to ${short(tenantName)} on Nexus`,
    text: `${invitedBy} invites you to "${tenantName}" on Nexus, as ${role}.

Open this link within seven days; it works once:

${link}

If you do not know who this is, do nothing.
`,
  };
}

export function signUpMail(to: string, link: string): Mail {
  return {
    to,
    subject: "Create your account on Nexus",
    text: `Somebody, probably you, wants an account on Nexus with this address.

Open this link within a day, and enter the password that you chose:

${link}

If it was not you, do nothing: without the link and that password there is no account.
`,
  };
}

/** What somebody gets instead who has an account: the page of the sign-up says the same to both. */
export function hasAccountMail(to: string, logIn: string, forgotPassword: string): Mail {
  return {
    to,
    subject: "You have an account on Nexus",
    text: `Somebody, probably you, wanted a new account on Nexus with this address. It has one already, so nothing was changed.

Log in, and open the link of your invitation then, if you have one:

${logIn}

If you forgot your password, get a new one:

${forgotPassword}

If it was not you, do nothing.
`,
  };
}

export function addressMail(to: string, link: string): Mail {
  return {
    to,
    subject: "Confirm your address for Nexus",
    text: `Somebody, probably you, uses this address for an account on Nexus.

Open this link within a day, where you are logged in to that account; it works once:

${link}

If it was not you, do nothing: the address is only confirmed with this link.
`,
  };
}

export function addressChangedMail(to: string, email: string): Mail {
  return {
    to,
    subject: "Your address on Nexus was changed",
    text: `Your account on Nexus now has the address ${email}. You log in with it, and mails go there.

If it was not you, tell whoever runs this platform: somebody knows your password.
`,
  };
}

export function resetMail(to: string, link: string): Mail {
  return {
    to,
    subject: "A new password for Nexus",
    text: `Somebody, probably you, asked for a new password for this address on Nexus.

Open this link within an hour; it works once, and ends all sessions:

${link}

If it was not you, do nothing: your password stays as it is.
`,
  };
}
