"""Start Latent Lab: `python app.py`, `gradio app.py`, and the file that a Hugging Face Space runs."""

if __name__ != "__mp_main__":  # worker processes import this file again: keep them light
    from app.ui.build import LAUNCH, build_demo

    demo = build_demo()

if __name__ == "__main__":
    demo.launch(**LAUNCH)
