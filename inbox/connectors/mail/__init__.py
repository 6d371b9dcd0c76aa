"""E-mail: one mailbox, read by IMAP and answered by SMTP. All of it is private.

Where the facts come from:
- IMAP: https://www.rfc-editor.org/rfc/rfc3501, IDLE: https://www.rfc-editor.org/rfc/rfc2177
- SMTP: https://www.rfc-editor.org/rfc/rfc5321
- sign-in with a token: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
- messages: https://www.rfc-editor.org/rfc/rfc5322, bounces: https://www.rfc-editor.org/rfc/rfc3464
- what answers by itself: https://www.rfc-editor.org/rfc/rfc3834
- what the receiving server checked: https://www.rfc-editor.org/rfc/rfc8601

How mails are told apart and put into conversations is decided in
`crisisdesk/decisions/0014-identity-and-threads-of-mail.md`.
"""
