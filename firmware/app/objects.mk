# The sequence from reset to Linux, and everything that prints.
app-y := main.o machine.o memory.o console.o notice.o tree.o own_tree.o bootargs.o carveout.o retained_page.o crash.o kernel_log.o fit.o report.o armored_report.o stopwatch.o text_report.o archive.o archive_place.o fetch.o transfer.o archive_console.o archive_show.o halt.o
app-y += payload/payload.o payload/new_tree.o payload/wrapped.o payload/source_wrapped.o payload/source_loader.o
