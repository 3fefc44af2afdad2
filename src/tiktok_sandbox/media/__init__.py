"""What can be seen and heard: covers, clips, pictures of people, sounds, drawn when they are asked for.

Nothing here is state: a file follows from the world's seed and what it shows, and no save changes.

looks    what a post's video looks like; links say where it is and until when
scenes   the drawn picture at an instant; covers and avatars are JPEGs of it, clips and sounds are put
         together from the short pieces in data/, which scripts/make_clips.py makes
answers  parts of files over HTTP; files and public_pages are the addresses
"""
