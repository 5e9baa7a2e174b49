using System.Linq.Expressions;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Declares on an entity what a change of it purges from every region's cache.</summary>
/// <remarks>
/// <para>
/// A template is literal text with property names in braces, as <c>product:{Id}</c>; <c>{{</c> and <c>}}</c> are literal braces. Values
/// take their form from the database column (its text; UTC and ISO 8601 for dates and times): with a value converter, what it stores, so
/// an enum kept as its number shows the number. Where a value is null, that key is left out.
/// A template that can't be rendered is an error when the model is built. Events name the entity by the short name of its class, or as <c>HasPurgeName</c> says.
/// </para>
/// <para>
/// Dots lead on: <c>{Address.City}</c> is a property of an owned or complex type, <c>{Product.Slug}</c> one of the entity that a
/// reference one step away leads to, looked up when a row changes. A change of <em>that</em> entity fires only the rules declared on it.
/// </para>
/// <para>
/// A table is captured as one, so the rules of all types in it are united. In a hierarchy a rule fires for every change of a table that
/// may hold rows of its type: with one table for all (TPH), a derived type's rule also fires for rows of its siblings where its
/// placeholders have values; a key that nobody caches is then dropped in vain. With a table per type (TPT) a rule is on the table of each
/// type that the row is spread over, and what lies in another of them is looked up by the primary key; a rule that needs no more than its
/// type's own table and the key is cheapest. With a table per concrete type (TPC) a base type's rule is on each. Events of all tables of
/// a hierarchy name the root type; those of a shared table the type that the others hang on.
/// </para>
/// </remarks>
public static class PurgeRuleBuilderExtensions
{
    /// <summary>A change of the entity drops the key; a change of a property that the key names drops the old key and the new one.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="template">The key, such as <c>product:slug:{Slug}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> PurgesKey<TEntity>(this EntityTypeBuilder<TEntity> entity, string template)
        where TEntity : class
    {
        PurgesKey((EntityTypeBuilder)entity, template);
        return entity;
    }

    /// <inheritdoc cref="PurgesKey{TEntity}" />
    public static EntityTypeBuilder PurgesKey(this EntityTypeBuilder entity, string template) =>
        Declare(entity, PurgeRuleAnnotations.Keys, template);

    /// <summary>A change of the entity makes every cached entry stale that carries the tag; old tag and new one, as with keys.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="template">The tag, such as <c>category:{CategoryId}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> PurgesTag<TEntity>(this EntityTypeBuilder<TEntity> entity, string template)
        where TEntity : class
    {
        PurgesTag((EntityTypeBuilder)entity, template);
        return entity;
    }

    /// <inheritdoc cref="PurgesTag{TEntity}" />
    public static EntityTypeBuilder PurgesTag(this EntityTypeBuilder entity, string template) =>
        Declare(entity, PurgeRuleAnnotations.Tags, template);

    /// <summary>An update of nothing but these properties purges nothing: no cached value shows them.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="properties">The properties, such as <c>p => p.Views</c> and <c>c => c.Address.Note</c>.</param>
    /// <exception cref="ArgumentException">An expression is more than properties, one after the other.</exception>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> IgnoresChangesTo<TEntity>(
        this EntityTypeBuilder<TEntity> entity,
        params Expression<Func<TEntity, object?>>[] properties)
        where TEntity : class =>
        IgnoresChangesTo(entity, [.. properties.Select(PropertyExpression.NameOf)]);

    /// <inheritdoc cref="IgnoresChangesTo{TEntity}(EntityTypeBuilder{TEntity}, Expression{Func{TEntity, object}}[])" />
    /// <param name="entity">The entity's builder.</param>
    /// <param name="properties">The properties' names, as for shadow properties.</param>
    public static EntityTypeBuilder<TEntity> IgnoresChangesTo<TEntity>(this EntityTypeBuilder<TEntity> entity, params string[] properties)
        where TEntity : class
    {
        IgnoresChangesTo((EntityTypeBuilder)entity, properties);
        return entity;
    }

    /// <inheritdoc cref="IgnoresChangesTo{TEntity}(EntityTypeBuilder{TEntity}, string[])" />
    public static EntityTypeBuilder IgnoresChangesTo(this EntityTypeBuilder entity, params string[] properties) =>
        Declare(entity, PurgeRuleAnnotations.Ignored, properties);

    /// <summary>
    /// A change that can't be captured fails, with its transaction. Without this it is let through, recorded, and purges the tag that is
    /// named like the entity.
    /// </summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> CapturesStrictly<TEntity>(this EntityTypeBuilder<TEntity> entity)
        where TEntity : class
    {
        CapturesStrictly((EntityTypeBuilder)entity);
        return entity;
    }

    /// <inheritdoc cref="CapturesStrictly{TEntity}" />
    public static EntityTypeBuilder CapturesStrictly(this EntityTypeBuilder entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.DeclareStrict(entity.Metadata);
        return entity;
    }

    /// <summary>
    /// Sets the entity's name in purge rules and messages. The default is the short name of its class, which classes in two namespaces or
    /// tables in two schemas may share.
    /// </summary>
    /// <remarks>
    /// The name is also the tag that stands for all of the entity; readers get it from <see cref="CacheKeyDbContextExtensions.EntityTag{TEntity}"/>.
    /// Two entity types that share a name by chance are an error when the model is built; where they are one entity on purpose, declare the
    /// same name on both. In a hierarchy declare it on the root, in a shared table on the type that the others depend on.
    /// </remarks>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="entity">The entity's builder.</param>
    /// <param name="name">The name, such as <c>shop_a.Product</c>.</param>
    /// <exception cref="ArgumentException">The name is empty or has a control character.</exception>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static EntityTypeBuilder<TEntity> HasPurgeName<TEntity>(this EntityTypeBuilder<TEntity> entity, string name)
        where TEntity : class
    {
        HasPurgeName((EntityTypeBuilder)entity, name);
        return entity;
    }

    /// <inheritdoc cref="HasPurgeName{TEntity}" />
    public static EntityTypeBuilder HasPurgeName(this EntityTypeBuilder entity, string name)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.DeclareName(entity.Metadata, name);
        return entity;
    }

    private static EntityTypeBuilder Declare(EntityTypeBuilder entity, string annotation, params string[] declared)
    {
        ArgumentNullException.ThrowIfNull(entity);
        PurgeRuleDeclarer.Declare(entity.Metadata, annotation, declared);
        return entity;
    }
}
