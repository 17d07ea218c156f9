# The sequence from reset to Linux, and everything that prints.
app-y := main.o memory.o console.o notice.o tree.o retained_page.o crash.o fit.o report.o armored_report.o stopwatch.o text_report.o archive.o archive_flash.o fetch.o transfer.o archive_console.o archive_show.o payload.o halt.o
