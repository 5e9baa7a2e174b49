namespace LastMile.Events.Cli.Demo;

/// <summary>A product of the demo. Raw SQL changes rename its slug.</summary>
internal sealed class DemoProduct(int id, string slug)
{
    public int Id => id;

    public string Slug { get; set; } = slug;

    public string Key => $"product:{id}";

    public string SlugKey => $"product:slug:{Slug}";
}
