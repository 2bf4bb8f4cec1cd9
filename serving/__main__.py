"""``zhaoren`` as a file, which is what ``spark-submit`` wants: ``spark-submit .../serving/__main__.py nightly ...``."""

from serving.cli import run

if __name__ == "__main__":
    run()
