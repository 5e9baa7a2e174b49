namespace LastMile.Events.Cli.Demo;

/// <summary>A product as the demo knows it: each change gives it a new slug or keeps it.</summary>
internal sealed class DemoProduct(int id, string slug)
{
    public int Id => id;

    public string Slug { get; set; } = slug;

    public string Key => $"product:{id}";

    public string SlugKey => $"product:slug:{Slug}";
}
