# The app as an image that runs as nobody, over a read-only file system, and asks nothing of the internet.
#   docker build -t backprop-classroom . && docker run --rm -p 127.0.0.1:8501:8501 backprop-classroom
FROM python:3.11.11-slim-bookworm

# One BLAS thread: the products are small, and the threads belong to the class. One kind of arithmetic on every x86
# machine with AVX2 (any since 2015), so that replicas agree in every bit, whatever else their processors can do.
ENV HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    OPENBLAS_CORETYPE=Haswell \
    NPY_DISABLE_CPU_FEATURES=X86_V4,AVX512_ICL,AVX512_SPR \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_BASE_URL_PATH="" \
    BACKPROP_TABLES=/data

WORKDIR /app

# What the app needs, in the versions it was tried with: this layer stays when the source changes.
COPY pyproject.toml ./
COPY constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > /tmp/needed \
    && pip install --no-cache-dir --root-user-action=ignore -r /tmp/needed -c constraints.txt \
    && rm /tmp/needed

COPY app.py ./
COPY .streamlit .streamlit
COPY engine engine
COPY ui ui
COPY pages pages
# Nothing can be written next to the source later, so it is compiled here; uploaded tables have a folder of their own.
RUN python -m compileall -q . && install -d -o 10001 -g 10001 /data

USER 10001:10001
EXPOSE 8501

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD python -c "import os, urllib.request as u; u.urlopen('http://127.0.0.1:{STREAMLIT_SERVER_PORT}{STREAMLIT_SERVER_BASE_URL_PATH}/_stcore/health'.format(**os.environ), timeout=4)"

# All addresses of the container, which is reached from outside only where a port is published. Opened by another name
# than localhost or a number, it has to know it: -e STREAMLIT_SERVER_ALLOWED_HOSTS=learn.example.org
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.headless", "true"]
